package dev.riser.control.world;

import dev.riser.model.PortProtocol;

/**
 * A port on which a workload listens.
 *
 * @param number the port
 * @param name its name, empty where none; a Service may refer to it by name
 * @param protocol what is spoken there
 * @param reachedAt the port that others dial for it; the same where connections are redirected
 */
public record WorkloadPort(int number, String name, PortProtocol protocol, int reachedAt) {
    /** A port whose connections are redirected to the proxy. */
    public WorkloadPort(int number, String name, PortProtocol protocol) {
        this(number, name, protocol, number);
    }
}
