package dev.riser.cli;

import dev.riser.cli.api.MeshApi;
import dev.riser.cli.failure.CommandFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes objects out of the mesh. */
@Command(
        name = "delete",
        description = "Take objects out of the mesh.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Objects read from the control plane's --config directory are taken out by deleting their file.",
            "",
            "Examples:",
            "  riser delete vs product-vs -n prod",
            "  riser delete peerauthentication/legacy -n prod",
        })
final class DeleteCommand implements Callable<Integer> {
    @Mixin
    Terminal terminal = new Terminal();

    @Mixin
    MeshOptions mesh = new MeshOptions();

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            defaultValue = "default",
            description = "The namespace. Default: ${DEFAULT-VALUE}.")
    String namespace = "default";

    @Parameters(arity = "1..*", paramLabel = "KIND NAME... | KIND/NAME...", description = "What to take out.")
    List<String> words = new ArrayList<>();

    private record Target(String kind, String name) {}

    @Override
    public Integer call() {
        MeshApi api = mesh.api();
        for (Target target : targets()) {
            api.delete("/api/v1/objects/%s/%s/%s"
                    .formatted(
                            MeshApi.segment(target.kind()),
                            MeshApi.segment(target.kind().equals("Namespace") ? "-" : namespace),
                            MeshApi.segment(target.name())));
            terminal.out().println("%s %s/%s deleted".formatted(target.kind(), namespace, target.name()));
        }
        return 0;
    }

    private List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        if (words.getFirst().contains("/")) {
            for (String word : words) {
                int slash = word.indexOf('/');
                if (slash < 0) {
                    throw CommandFailure.usage("'%s' has no kind; write KIND/NAME".formatted(word));
                }
                targets.add(new Target(Kinds.object(word.substring(0, slash)), word.substring(slash + 1)));
            }
            return targets;
        }
        if (words.size() < 2) {
            throw CommandFailure.usage("the name is missing; write 'riser delete %s NAME'".formatted(words.getFirst()));
        }
        String kind = Kinds.object(words.getFirst());
        words.stream().skip(1).forEach(name -> targets.add(new Target(kind, name)));
        return targets;
    }
}
