package dev.riser.cli;

import dev.riser.cli.failure.CommandFailure;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
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

    /** In the order in which the help lists them. */
    private static final Map<String, Supplier<Object>> VERBS = new LinkedHashMap<>();

    static {
        VERBS.put("demo", DemoCommand::new);
        VERBS.put("control-plane", ControlPlaneCommand::new);
        VERBS.put("run", RunCommand::new);
        VERBS.put("apply", ApplyCommand::new);
        VERBS.put("get", GetCommand::new);
        VERBS.put("delete", DeleteCommand::new);
        VERBS.put("stat", StatCommand::new);
        VERBS.put("viz", VizCommand::new);
        VERBS.put("proxies", ProxiesCommand::new);
        VERBS.put("problems", ProblemsCommand::new);
        VERBS.put("stop", StopCommand::new);
        VERBS.put("proxy", ProxyCommand::new);
        VERBS.put("init", InitCommand::new);
        VERBS.put("version", VersionCommand::new);
        VERBS.put("warm-up", WarmUpCommand::new);
    }

    private Riser() {}

    /** Runs one verb and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(execute(List.of(arguments)));
    }

    /** Runs one verb and returns its exit code. */
    static int execute(List<String> arguments) {
        return commandLine(arguments).execute(arguments.toArray(String[]::new));
    }

    /** With every verb. */
    static CommandLine commandLine() {
        return commandLine(VERBS);
    }

    /**
     * With the verb that the arguments begin with, or with every verb where they begin otherwise: reading the options of
     * all verbs takes longer than most verbs do.
     */
    static CommandLine commandLine(List<String> arguments) {
        String first = arguments.isEmpty() ? "" : arguments.getFirst();
        Supplier<Object> verb = VERBS.get(first);
        return commandLine(verb == null ? VERBS : Map.of(first, verb));
    }

    private static CommandLine commandLine(Map<String, Supplier<Object>> verbs) {
        CommandLine commandLine = new CommandLine(new Riser());
        verbs.forEach((name, command) -> commandLine.addSubcommand(name, command.get()));
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
