package dev.riser.control.world;

import dev.riser.model.MeshObject;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The one owner of the world. Any thread may bring changes; they are gathered and become one new world, whose version is
 * the last one's plus one. Listeners hear of worlds in order. A world that would equal the last one in everything but its
 * version is still made: readers compare resources, not worlds.
 */
public final class WorldUpdater {
    private final WorldBuilder builder;
    private final Debounce debounce;
    private final List<WorldListener> listeners = new CopyOnWriteArrayList<>();
    private final Object building = new Object();
    private final Object gathering = new Object();
    private Collection<? extends MeshObject> objects = List.of();
    private final Map<String, WorkloadInstance> instances = new TreeMap<>();
    private Set<WorldReason> reasons = EnumSet.noneOf(WorldReason.class);
    private volatile MeshWorld current;

    /**
     * Starts with an empty world.
     *
     * @param debounce decides when and on which thread worlds are made
     */
    public WorldUpdater(MeshSettings settings, AddressBook addressBook, Debounce debounce) {
        this.builder = new WorldBuilder(settings, addressBook);
        this.debounce = debounce;
        this.current = MeshWorld.empty(settings);
    }

    /** The last world. */
    public MeshWorld current() {
        return current;
    }

    /** Adds a listener, which hears of the next world first. */
    public void listen(WorldListener listener) {
        listeners.add(listener);
    }

    /** Replaces all objects of the configuration. */
    public void objects(Collection<? extends MeshObject> newObjects) {
        synchronized (gathering) {
            objects = List.copyOf(newObjects);
            reasons.add(WorldReason.CONFIGURATION);
        }
        debounce.request(this::update);
    }

    /** Adds an instance, or replaces the one of the same id. */
    public void put(WorkloadInstance instance) {
        synchronized (gathering) {
            instances.put(instance.id(), instance);
            reasons.add(WorldReason.WORKLOADS);
        }
        debounce.request(this::update);
    }

    /** Takes an instance out. Without effect where there is none of that id. */
    public void remove(String instanceId) {
        synchronized (gathering) {
            if (instances.remove(instanceId) == null) {
                return;
            }
            reasons.add(WorldReason.WORKLOADS);
        }
        debounce.request(this::update);
    }

    private void update() {
        synchronized (building) {
            Collection<? extends MeshObject> takenObjects;
            List<WorkloadInstance> takenInstances;
            Set<WorldReason> takenReasons;
            synchronized (gathering) {
                if (reasons.isEmpty()) {
                    return;
                }
                takenObjects = objects;
                takenInstances = List.copyOf(instances.values());
                takenReasons = reasons;
                reasons = EnumSet.noneOf(WorldReason.class);
            }
            MeshWorld next = builder.build(current.version() + 1, takenObjects, takenInstances);
            current = next;
            listeners.forEach(listener -> listener.onWorld(next, takenReasons));
        }
    }
}
