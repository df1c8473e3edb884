package dev.riser.cli;

import dev.riser.cli.table.GoldenSignals;
import picocli.CommandLine.Option;

/** Which namespaces a command looks at. */
final class NamespaceOptions {
    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            defaultValue = "default",
            description = "The namespace. Default: ${DEFAULT-VALUE}.")
    String namespace = "default";

    @Option(
            names = {"-A", "--all-namespaces"},
            description = "All namespaces.")
    boolean all;

    /** The namespace as the API takes it: empty for all. */
    String forApi() {
        return all ? "" : namespace;
    }

    GoldenSignals.Scope scope() {
        return all ? GoldenSignals.Scope.ALL_NAMESPACES : GoldenSignals.Scope.ONE_NAMESPACE;
    }

    /** What to say where nothing was found. */
    String hint() {
        return all ? "" : "; -n names another namespace, -A shows all";
    }
}
