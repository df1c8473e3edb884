package dev.riser.control.registry;

import dev.riser.control.registry.RegisteredWorkload.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The workloads of this machine. A workload with a proxy takes traffic from the moment it is said to be ready until it is
 * deleted or its proxy's discovery stream has been gone for a while; when the stream comes back, so does the workload. One
 * without a proxy stays until it is deleted. Everything is kept in a file, so a control plane that restarts knows its
 * workloads before their proxies are back. Thread-safe.
 */
public final class WorkloadRegistry {
    private static final String ID_SIGNS = "bcdfghjklmnpqrstvwxz2456789";
    private static final int ID_LENGTH = 5;
    private static final int FIRST = MeshNetworks.BRIDGE + 1;

    private final MeshNetworks networks;
    private final RegistryLimits limits;
    private final RegistryJournal journal;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Runnable changed;

    private final Map<String, Member> members = new TreeMap<>();
    private final Map<Integer, Instant> resting = new HashMap<>();
    private int lastIndex;

    private static final class Member {
        private final int index;
        private RegisteredWorkload workload;
        private int streams;
        /** From when the stream counts as gone; null while there is one. */
        private @Nullable Instant gone;

        private Duration patience;

        private Member(int index, RegisteredWorkload workload, @Nullable Instant gone, Duration patience) {
            this.index = index;
            this.workload = workload;
            this.gone = gone;
            this.patience = patience;
        }
    }

    private WorkloadRegistry(
            MeshNetworks networks,
            RegistryLimits limits,
            RegistryJournal journal,
            InstantSource clock,
            RandomGenerator random,
            Runnable changed) {
        this.networks = networks;
        this.limits = limits;
        this.journal = journal;
        this.clock = clock;
        this.random = random;
        this.changed = changed;
    }

    /**
     * Opens the registry with the workloads that its file names.
     *
     * @param file where it is kept; made with the first workload
     * @param clock the time of day
     * @param random for ids
     * @param changed called after every change that alters the mesh, on the thread that made it; must not block
     * @throws IOException where the file cannot be read
     */
    public static WorkloadRegistry open(
            Path file,
            MeshNetworks networks,
            RegistryLimits limits,
            InstantSource clock,
            RandomGenerator random,
            Runnable changed)
            throws IOException {
        WorkloadRegistry registry =
                new WorkloadRegistry(networks, limits, new RegistryJournal(file), clock, random, changed);
        RegistryJournal.Content content = registry.journal.read();
        Instant now = clock.instant();
        registry.lastIndex = content.lastIndex();
        registry.resting.putAll(content.resting());
        for (RegistryJournal.Entry entry : content.workloads()) {
            registry.members.put(
                    entry.workload().id(), new Member(entry.index(), entry.workload(), now, limits.lostAfterRestart()));
        }
        return registry;
    }

    /** The networks that addresses come from. */
    public MeshNetworks networks() {
        return networks;
    }

    /**
     * Gives a workload an id and addresses. It takes no traffic yet.
     *
     * @throws RegistryFullException where no address is free
     * @throws IOException where the change cannot be stored; nothing has changed then
     */
    public RegisteredWorkload register(Registration registration) throws RegistryFullException, IOException {
        RegisteredWorkload workload;
        synchronized (this) {
            Instant now = clock.instant();
            int index = freeIndex(now);
            workload = new RegisteredWorkload(
                    freeId(registration.name()),
                    registration,
                    networks.address4(index),
                    networks.address6(index),
                    State.STARTING,
                    now);
            int before = lastIndex;
            lastIndex = index;
            List<Member> replaced = remembered(registration);
            replaced.forEach(member -> members.remove(member.workload.id()));
            members.put(workload.id(), new Member(index, workload, now, limits.lostAfter()));
            try {
                store();
            } catch (IOException unwritable) {
                members.remove(workload.id());
                replaced.forEach(member -> members.put(member.workload.id(), member));
                lastIndex = before;
                throw unwritable;
            }
            replaced.forEach(member -> resting.put(member.index, now));
        }
        changed.run();
        return workload;
    }

    /**
     * Says that a workload takes traffic.
     *
     * @return the workload, empty where there is none of that id
     * @throws IOException where the change cannot be stored; the workload is ready nonetheless
     */
    public Optional<RegisteredWorkload> ready(String id) throws IOException {
        RegisteredWorkload now;
        synchronized (this) {
            Member member = members.get(id);
            if (member == null || member.workload.state() == State.ENDED) {
                return Optional.empty();
            }
            if (member.workload.state() == State.READY) {
                return Optional.of(member.workload);
            }
            Instant instant = clock.instant();
            member.workload = member.workload.in(State.READY, instant);
            if (member.streams == 0) {
                member.gone = instant;
                member.patience = limits.lostAfter();
            }
            now = member.workload;
            store();
        }
        changed.run();
        return Optional.of(now);
    }

    /** Those that only keep alive the names of services that somebody serves again. */
    private List<Member> remembered(Registration registration) {
        return members.values().stream()
                .filter(member -> member.workload.state() == State.ENDED
                        && member.workload.registration().namespace().equals(registration.namespace())
                        && registration
                                .services()
                                .containsAll(member.workload.registration().services()))
                .toList();
    }

    /** Whether it serves a service that no other workload serves, not even one that has ended. */
    private boolean isLastOfAService(RegisteredWorkload workload) {
        if (workload.state() == State.STARTING) {
            return false;
        }
        Registration own = workload.registration();
        return own.services().stream()
                .anyMatch(service -> members.values().stream()
                        .map(member -> member.workload)
                        .filter(other -> other != workload)
                        .map(RegisteredWorkload::registration)
                        .noneMatch(other -> other.namespace().equals(own.namespace())
                                && other.services().contains(service)));
    }

    /**
     * Takes a workload out. Where it was the last of a service, callers of that service are told for a while that it has
     * no endpoint, which says more than a name that cannot be resolved.
     *
     * @return whether there was one of that id
     * @throws IOException where the change cannot be stored; the workload is out nonetheless
     */
    public boolean delete(String id) throws IOException {
        synchronized (this) {
            Member member = members.get(id);
            if (member == null || member.workload.state() == State.ENDED) {
                return false;
            }
            if (isLastOfAService(member.workload)) {
                member.workload = member.workload.in(State.ENDED, clock.instant());
            } else {
                forget(member, clock.instant());
            }
            store();
        }
        changed.run();
        return true;
    }

    /** Every workload, by id, also those that have {@linkplain State#ENDED ended} and are remembered. */
    public synchronized List<RegisteredWorkload> list() {
        return members.values().stream().map(member -> member.workload).toList();
    }

    /** The workload of that id. */
    public synchronized Optional<RegisteredWorkload> find(String id) {
        return Optional.ofNullable(members.get(id)).map(member -> member.workload);
    }

    /** A discovery stream of the workload was opened. A lost workload is back with that. */
    public void connected(String id) throws IOException {
        synchronized (this) {
            Member member = members.get(id);
            if (member == null || member.workload.state() == State.ENDED) {
                return;
            }
            member.streams++;
            member.gone = null;
            if (member.workload.state() != State.LOST) {
                return;
            }
            member.workload = member.workload.in(State.READY, clock.instant());
            store();
        }
        changed.run();
    }

    /** A discovery stream of the workload has ended. */
    public synchronized void disconnected(String id) {
        Member member = members.get(id);
        if (member == null || member.streams == 0) {
            return;
        }
        member.streams--;
        if (member.streams == 0) {
            member.gone = clock.instant();
            member.patience = limits.lostAfter();
        }
    }

    /**
     * Applies the limits. Called about once a second.
     *
     * @throws IOException where the change cannot be stored; it has been made nonetheless
     */
    public void sweep() throws IOException {
        synchronized (this) {
            Instant now = clock.instant();
            boolean any = false;
            for (Member member : new ArrayList<>(members.values())) {
                any |= sweep(member, now);
            }
            boolean rested = resting.values()
                    .removeIf(since -> !since.plus(limits.addressRest()).isAfter(now));
            if (!any) {
                if (rested) {
                    store();
                }
                return;
            }
            store();
        }
        changed.run();
    }

    private boolean sweep(Member member, Instant now) {
        RegisteredWorkload workload = member.workload;
        Instant gone = member.gone;
        return switch (workload.state()) {
            case STARTING -> !workload.since().plus(limits.startWithin()).isAfter(now) && forget(member, now);
            case READY -> {
                if (!workload.registration().meshed()
                        || gone == null
                        || gone.plus(member.patience).isAfter(now)) {
                    yield false;
                }
                member.workload = workload.in(State.LOST, now);
                yield true;
            }
            case LOST -> !workload.since().plus(limits.forgottenAfter()).isAfter(now) && forget(member, now);
            case ENDED -> !workload.since().plus(limits.rememberedFor()).isAfter(now) && forget(member, now);
        };
    }

    private boolean forget(Member member, Instant now) {
        members.remove(member.workload.id());
        resting.put(member.index, now);
        return true;
    }

    private int freeIndex(Instant now) throws RegistryFullException {
        Collection<Integer> used =
                members.values().stream().map(member -> member.index).toList();
        java.util.Set<Integer> taken = new java.util.HashSet<>(used);
        // Before the first come the network and the bridge. Going round the whole network puts a long time between two
        // uses of an address.
        int span = networks.lastIndex() - MeshNetworks.BRIDGE;
        for (int step = 1; step <= span; step++) {
            int index = FIRST + Math.floorMod(lastIndex - FIRST + step, span);
            Instant givenUp = resting.get(index);
            boolean rested =
                    givenUp == null || !givenUp.plus(limits.addressRest()).isAfter(now);
            if (rested && !taken.contains(index)) {
                resting.remove(index);
                return index;
            }
        }
        throw new RegistryFullException(networks);
    }

    private String freeId(String name) {
        while (true) {
            StringBuilder id = new StringBuilder(name).append('-');
            for (int sign = 0; sign < ID_LENGTH; sign++) {
                id.append(ID_SIGNS.charAt(random.nextInt(ID_SIGNS.length())));
            }
            if (!members.containsKey(id.toString())) {
                return id.toString();
            }
        }
    }

    private void store() throws IOException {
        journal.write(new RegistryJournal.Content(
                lastIndex,
                members.values().stream()
                        .map(member -> new RegistryJournal.Entry(member.index, member.workload))
                        .toList(),
                Map.copyOf(resting)));
    }
}
