package dev.riser.control.world;

import dev.riser.model.PortProtocol;

/**
 * A port that clients of a service use.
 *
 * @param number the port
 * @param name its name, empty where none
 * @param protocol what is spoken there
 */
public record ServicePort(int number, String name, PortProtocol protocol) {}
