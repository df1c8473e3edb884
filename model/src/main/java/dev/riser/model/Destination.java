package dev.riser.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where a route leads.
 *
 * @param host as written, see {@link HostNames#resolve}
 * @param subset a subset that a DestinationRule defines
 * @param port the service's port; absent where the service's only port is meant
 * @param line its line in the file
 */
public record Destination(String host, Optional<String> subset, OptionalInt port, int line) {}
