package dev.riser.control.app;

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

/** Carries changes of the registry into the world. Thread-safe. */
final class RegisteredInstances {
    private final WorldUpdater updater;
    private final Map<String, WorkloadInstance> told = new HashMap<>();

    RegisteredInstances(WorldUpdater updater) {
        this.updater = updater;
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

    private static WorkloadInstance instance(RegisteredWorkload workload) {
        Registration asked = workload.registration();
        return new WorkloadInstance(
                workload.id(),
                asked.namespace(),
                asked.name(),
                asked.serviceAccount(),
                asked.services(),
                asked.labels(),
                List.of(workload.address4(), workload.address6()),
                asked.ports().stream().map(RegisteredInstances::port).toList(),
                asked.meshed(),
                workload.state() == RegisteredWorkload.State.READY);
    }

    private static WorkloadPort port(Registration.Port port) {
        PortProtocol protocol = port.protocol().isEmpty()
                ? PortProtocol.of("TCP", "", port.name())
                : PortProtocol.ofWord(port.protocol());
        return new WorkloadPort(port.port(), port.name(), protocol);
    }
}
