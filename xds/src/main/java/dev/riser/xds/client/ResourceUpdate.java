package dev.riser.xds.client;

import com.google.protobuf.Any;

/**
 * A resource as the control plane sent it.
 *
 * @param name its name on the stream
 * @param version whatever the control plane calls this version
 * @param body the message, of the type that was subscribed
 */
public record ResourceUpdate(String name, String version, Any body) {}
