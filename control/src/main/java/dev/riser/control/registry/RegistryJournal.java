package dev.riser.control.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The registry's file: the whole content, written anew with every change. A registry has tens of workloads, so that costs
 * less than a journal would save.
 */
final class RegistryJournal {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;

    RegistryJournal(Path file) {
        this.file = file;
    }

    /**
     * What is kept.
     *
     * @param lastIndex the address given out last
     * @param resting addresses that were given up, with the time
     */
    record Content(int lastIndex, List<Entry> workloads, Map<Integer, Instant> resting) {}

    record Entry(int index, RegisteredWorkload workload) {}

    Content read() throws IOException {
        if (!Files.exists(file)) {
            return new Content(MeshNetworks.BRIDGE, List.of(), Map.of());
        }
        try {
            return JSON.readValue(Files.readAllBytes(file), Content.class);
        } catch (JacksonException unreadable) {
            throw new IOException(
                    "%s cannot be read: %s; delete it, and start the workloads anew"
                            .formatted(file, unreadable.getOriginalMessage()),
                    unreadable);
        }
    }

    void write(Content content) throws IOException {
        StateFile.write(file, JSON.writeValueAsBytes(content), StateFile.Readers.OWNER);
    }
}
