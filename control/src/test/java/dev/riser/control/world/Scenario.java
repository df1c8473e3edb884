package dev.riser.control.world;

import static org.assertj.core.api.Assertions.assertThat;

import dev.riser.model.ConfigReader;
import dev.riser.model.PortProtocol;
import dev.riser.model.ReadLimits;
import dev.riser.model.ReadResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A mesh made of YAML and of workloads, and the views of its proxies. */
public final class Scenario {
    private final List<WorkloadInstance> instances = new ArrayList<>();
    private MeshSettings settings = MeshSettings.DEFAULT;
    private String yaml = "";

    /** The objects; all must be readable without a problem. */
    public Scenario objects(String text) {
        yaml = text;
        return this;
    }

    public Scenario settings(MeshSettings newSettings) {
        settings = newSettings;
        return this;
    }

    /**
     * A workload in a line: id, namespace, name and address, then options {@code key=value}: {@code account}, {@code
     * ports=8000/http,9000@15100} (after {@code @} where it is reached), {@code labels=a:b,c:d}, {@code services=a,b}, {@code plain}, {@code notready}. It is meshed
     * and ready unless said otherwise; its service account is its name.
     */
    public Scenario workload(String line) {
        List<String> words = Arrays.asList(line.strip().split("\\s+"));
        Map<String, String> options = new LinkedHashMap<>();
        for (String word : words.subList(4, words.size())) {
            int equals = word.indexOf('=');
            options.put(equals < 0 ? word : word.substring(0, equals), equals < 0 ? "" : word.substring(equals + 1));
        }
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : list(options.getOrDefault("labels", ""))) {
            int colon = label.indexOf(':');
            labels.put(label.substring(0, colon), label.substring(colon + 1));
        }
        List<WorkloadPort> ports = new ArrayList<>();
        for (String port : list(options.getOrDefault("ports", ""))) {
            int slash = port.indexOf('/');
            String name = slash < 0 ? "" : port.substring(slash + 1);
            String[] numbers = (slash < 0 ? port : port.substring(0, slash)).split("@", -1);
            ports.add(new WorkloadPort(
                    Integer.parseInt(numbers[0]),
                    name,
                    PortProtocol.ofWord(name),
                    Integer.parseInt(numbers[numbers.length - 1])));
        }
        instances.add(new WorkloadInstance(
                words.get(0),
                words.get(1),
                words.get(2),
                options.getOrDefault("account", words.get(2)),
                list(options.getOrDefault("services", "")),
                labels,
                list(words.get(3)),
                ports,
                !options.containsKey("plain"),
                !options.containsKey("notready")));
        return this;
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    public MeshWorld world() {
        ReadResult result = ConfigReader.read("input.yaml", yaml, ReadLimits.DEFAULT);
        assertThat(result.problems()).isEmpty();
        return new WorldBuilder(settings, new CountingAddressBook()).build(1, result.objects(), instances);
    }

    /** The view of the proxy beside a workload. */
    public ProxyView view(String id) {
        return view(id, "");
    }

    /** The view of the proxy beside a workload, at a place. */
    public ProxyView view(String id, String locality) {
        MeshWorld world = world();
        WorkloadInstance own = world.instance(id).orElseThrow();
        return ProxyView.of(
                world,
                new ProxyNode(
                        "sidecar~" + own.addresses().getFirst() + "~" + own.id() + "." + own.namespace() + "~"
                                + own.namespace() + ".svc.cluster.local",
                        own.namespace(),
                        own.name(),
                        own.id(),
                        own.serviceAccount(),
                        own.labels(),
                        own.addresses(),
                        own.ports().stream().map(WorkloadPort::number).toList(),
                        locality));
    }
}
