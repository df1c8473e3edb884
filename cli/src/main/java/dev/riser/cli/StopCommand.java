package dev.riser.cli;

import dev.riser.cli.api.StateDirectory;
import dev.riser.cli.demo.DemoLeftovers;
import dev.riser.cli.net.MeshNetwork;
import dev.riser.cli.net.Privilege;
import dev.riser.cli.run.MeshProcesses;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Ends the mesh of this machine. */
@Command(
        name = "stop",
        aliases = "cleanup",
        description = "End the control plane and the proxies of a state directory and remove what they left.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Programs under 'riser run' go on, and their connections through the mesh end: end them first.",
            "Keys and objects stay in the state directory.",
        })
final class StopCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    StateOption state = new StateOption();

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = terminal.out();
        StateDirectory directory = state.directory();
        int ended = new MeshProcesses(directory).end();
        DemoLeftovers.remove();
        if (Privilege.actsAsRoot()) {
            MeshNetwork.removeIfUnused();
        }
        out.println("%d process%s ended".formatted(ended, ended == 1 ? "" : "es"));
        return 0;
    }
}
