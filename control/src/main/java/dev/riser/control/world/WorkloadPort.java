package dev.riser.control.world;

import dev.riser.model.PortProtocol;

/**
 * A port on which a workload listens.
 *
 * @param number the port
 * @param name its name, empty where none; a Service may refer to it by name
 * @param protocol what is spoken there
 */
public record WorkloadPort(int number, String name, PortProtocol protocol) {}
