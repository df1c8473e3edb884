package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line. Exit codes: 0 done, 1 failed, 2 not understood; {@code riser run} exits with its program's. */
@Command(
        name = "riser",
        description =
                "A service mesh: encryption, traffic management and golden signals for programs that know nothing of it.",
        mixinStandardHelpOptions = true,
        versionProvider = Riser.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            ControlPlaneCommand.class,
            RunCommand.class,
            ApplyCommand.class,
            GetCommand.class,
            DeleteCommand.class,
            StatCommand.class,
            VizCommand.class,
            ProxiesCommand.class,
            ProblemsCommand.class,
            StopCommand.class,
            ProxyCommand.class,
            InitCommand.class,
            VersionCommand.class,
            WarmUpCommand.class,
        },
        footer = {
            "",
            "Begin with 'riser demo', or:",
            "  riser control-plane --config DIR &",
            "  riser run --namespace prod --name product --service product --port 8000 -- python3 -m http.server 8000",
            "  riser viz stat deploy -n prod",
        })
public final class Riser {
    /** The version of what was built. */
    static final String VERSION = dev.riser.cli.launch.Version.TEXT;

    private Riser() {}

    /** Runs one verb and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(execute(List.of(arguments)));
    }

    /** Runs one verb and returns its exit code. */
    static int execute(List<String> arguments) {
        return commandLine().execute(arguments.toArray(String[]::new));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Riser());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        // What follows the program is the program's.
        commandLine.getSubcommands().values().stream()
                .filter(command -> command.getCommand() instanceof RunCommand)
                .forEach(command -> command.setStopAtPositional(true));
        commandLine.setParameterExceptionHandler((exception, given) -> {
            CommandLine command = exception.getCommandLine();
            PrintWriter err = command.getErr();
            err.println("riser: " + exception.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(exception, err);
            err.println(
                    "'%s --help' explains it".formatted(command.getCommandSpec().qualifiedName()));
            err.flush();
            return CommandFailure.USAGE;
        });
        commandLine.setExecutionExceptionHandler((exception, command, parsed) -> {
            PrintWriter err = command.getErr();
            if (exception instanceof CommandFailure failure) {
                err.println("riser: " + failure.line());
                err.flush();
                return failure.exitCode();
            }
            err.println("riser: %s failed in a way that nobody foresaw; please report it with the lines below"
                    .formatted(command.getCommandSpec().qualifiedName()));
            exception.printStackTrace(err);
            err.flush();
            return CommandFailure.FAILED;
        });
        return commandLine;
    }

    /** Every verb by name, for tests and completion. */
    static Stream<String> verbs() {
        return commandLine().getSubcommands().keySet().stream();
    }

    /** The version for {@code --version}. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"riser " + VERSION};
        }
    }
}
