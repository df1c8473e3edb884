package dev.riser.proxy.workload;

import dev.riser.identity.SpiffeId;
import dev.riser.identity.TrustDomain;
import dev.riser.proxy.admin.WorkloadControl;
import dev.riser.proxy.discovery.WorkloadNode;
import dev.riser.proxy.net.Sockets;
import dev.riser.proxy.telemetry.DestinationService;
import dev.riser.proxy.telemetry.PeerDescriptor;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a workload is, as it was handed to the process; fixed for its life.
 *
 * @param id the control plane's id of it
 * @param name of the workload (a Deployment's name on Kubernetes)
 * @param instance of this one (a pod's name)
 * @param services short names of the services it is an endpoint of
 * @param ports that its program listens on
 * @param networkNamespace path of its network namespace, empty for the process's own
 * @param entrances where the program itself hands over what it sends; none where its traffic is redirected
 * @param token opens the first call to the control plane; never logged
 * @param certificateLifetime to ask for; zero leaves it to the authority
 * @param rootCertificates file with the roots that the control plane's certificate leads to
 */
public record WorkloadSpecification(
        String id,
        TrustDomain trustDomain,
        String namespace,
        String name,
        String instance,
        String serviceAccount,
        Map<String, String> labels,
        List<String> services,
        List<Integer> ports,
        List<InetAddress> addresses,
        String networkNamespace,
        List<WorkloadControl.Entrance> entrances,
        String token,
        Duration certificateLifetime,
        String controlPlaneHost,
        int controlPlanePort,
        String rootCertificates,
        String version) {
    /** On the proxy's own sockets where they reach the program: the redirection skips them. */
    private static final int PROGRAM_MARK = 1337;

    /** On the proxy's own sockets where they go elsewhere: skipped too, unless they come back to the workload. */
    private static final int ELSEWHERE_MARK = 1338;

    /** Copies. */
    public WorkloadSpecification {
        labels = Map.copyOf(labels);
        services = List.copyOf(services);
        ports = List.copyOf(ports);
        addresses = List.copyOf(addresses);
        entrances = List.copyOf(entrances);
    }

    /** Without a network of its own nothing is redirected, and an ordinary user may not set marks. */
    Sockets.Marks marks() {
        return networkNamespace.isEmpty() ? Sockets.Marks.NONE : new Sockets.Marks(PROGRAM_MARK, ELSEWHERE_MARK);
    }

    SpiffeId spiffeId() {
        return SpiffeId.parse("spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount);
    }

    WorkloadNode node() {
        return new WorkloadNode(namespace, name, instance, serviceAccount, labels, addresses, ports, version);
    }

    PeerDescriptor descriptor() {
        String app = labels.getOrDefault("app", labels.getOrDefault("app.kubernetes.io/name", name));
        String release = labels.getOrDefault("version", labels.getOrDefault("app.kubernetes.io/version", ""));
        return new PeerDescriptor(
                namespace, name, instance, app, release, spiffeId().toString(), app);
    }

    /** What spans say of the workload (OpenTelemetry semantic conventions, service and Kubernetes resources). */
    Map<String, String> spanAttributes() {
        return Map.of(
                "service.name",
                name + "." + namespace,
                "service.instance.id",
                instance,
                "service.version",
                labels.getOrDefault("version", ""),
                "k8s.namespace.name",
                namespace);
    }

    /** The service whose requests come in, as far as the hand-over tells. */
    DestinationService service() {
        if (services.isEmpty()) {
            return DestinationService.UNKNOWN;
        }
        String service = services.getFirst();
        return new DestinationService(service + "." + namespace + ".svc.cluster.local", service, namespace);
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "workload " + namespace + "/" + name + " (" + id + ")";
    }
}
