package dev.riser.proxy.discovery;

import com.google.protobuf.Descriptors.Descriptor;
import dev.riser.xds.dns.Host;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;

/** The types of resource that a proxy asks for, in the order in which it asks: what is led to comes first. */
public enum ResourceType {
    SECRET(Secret.getDescriptor()),
    CLUSTER(Cluster.getDescriptor()),
    ENDPOINTS(ClusterLoadAssignment.getDescriptor()),
    LISTENER(Listener.getDescriptor()),
    ROUTES(RouteConfiguration.getDescriptor()),
    HOST(Host.getDescriptor());

    private final String url;

    ResourceType(Descriptor descriptor) {
        this.url = "type.googleapis.com/" + descriptor.getFullName();
    }

    /** Type URL on the stream. */
    public String url() {
        return url;
    }
}
