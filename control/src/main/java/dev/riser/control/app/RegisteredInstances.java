package dev.riser.control.app;

import dev.riser.control.registry.MeshNetworks;
import dev.riser.control.registry.RegisteredWorkload;
import dev.riser.control.registry.Registration;
import dev.riser.control.world.WorkloadInstance;
import dev.riser.control.world.WorkloadPort;
import dev.riser.control.world.WorldUpdater;
import dev.riser.model.PortProtocol;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Carries changes of the registry into the world. Thread-safe. */
final class RegisteredInstances {
    /** Above the ports of the mesh's own processes; a workload has 100 ports at the most. */
    private static final int FIRST_INBOUND_PORT = 15100;

    private final WorldUpdater updater;
    private final MeshNetworks networks;
    private final Map<String, WorkloadInstance> told = new HashMap<>();

    RegisteredInstances(WorldUpdater updater, MeshNetworks networks) {
        this.updater = updater;
        this.networks = networks;
    }

    /** Tells the world what differs from what it was told before. */
    synchronized void update(List<RegisteredWorkload> workloads) {
        Set<String> gone = new HashSet<>(told.keySet());
        for (RegisteredWorkload workload : workloads) {
            gone.remove(workload.id());
            WorkloadInstance instance = instance(workload);
            if (!instance.equals(told.put(workload.id(), instance))) {
                updater.put(instance);
            }
        }
        for (String id : gone) {
            told.remove(id);
            updater.remove(id);
        }
    }

    private WorkloadInstance instance(RegisteredWorkload workload) {
        Registration asked = workload.registration();
        return new WorkloadInstance(
                workload.id(),
                asked.namespace(),
                asked.name(),
                asked.serviceAccount(),
                asked.services(),
                asked.labels(),
                Stream.of(workload.address4(), workload.address6())
                        .filter(address -> !address.isEmpty())
                        .toList(),
                IntStream.range(0, asked.ports().size())
                        .mapToObj(index -> port(asked.ports().get(index), index))
                        .toList(),
                asked.meshed(),
                workload.state() == RegisteredWorkload.State.READY);
    }

    private WorkloadPort port(Registration.Port port, int index) {
        PortProtocol protocol = port.protocol().isEmpty()
                ? PortProtocol.of("TCP", "", port.name())
                : PortProtocol.ofWord(port.protocol());
        return new WorkloadPort(
                port.port(), port.name(), protocol, networks.loopback() ? FIRST_INBOUND_PORT + index : port.port());
    }
}
