package dev.riser.cli;

import picocli.CommandLine.Command;

/** What the mesh has seen. */
@Command(
        name = "viz",
        description = "Golden signals, the graph of calls, the dashboard.",
        mixinStandardHelpOptions = true,
        subcommands = {StatCommand.class, EdgesCommand.class, DashboardCommand.class})
final class VizCommand {}
