package dev.riser.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Where a command writes: the streams of its command line, so that tests can read them. */
@Command
final class Terminal {
    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec spec;

    PrintWriter out() {
        return command().commandLine().getOut();
    }

    PrintWriter err() {
        return command().commandLine().getErr();
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "picocli sets the field before it calls the command");
    }
}
