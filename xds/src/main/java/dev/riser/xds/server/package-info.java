/**
 * The server side of xDS: incremental (delta) and state-of-the-world aggregated discovery. It knows streams,
 * subscriptions, versions and acknowledgements, and nothing of what the resources mean: those come from a {@link
 * dev.riser.xds.server.ResourceSource}.
 */
@NullMarked
package dev.riser.xds.server;

import org.jspecify.annotations.NullMarked;
