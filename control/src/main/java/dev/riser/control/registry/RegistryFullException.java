package dev.riser.control.registry;

/** Every address of the workloads' network is in use or resting. */
public final class RegistryFullException extends Exception {
    private static final long serialVersionUID = 1L;

    RegistryFullException(MeshNetworks networks) {
        super("no address is free in %s; end workloads, or give the mesh a larger network"
                .formatted(networks.workloads4().text()));
    }
}
