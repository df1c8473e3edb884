/**
 * The proxy's side of the control plane's protocols: the channel, one incremental ADS stream that reconnects, certificate
 * requests and signal reports. Each client belongs to one loop and never waits.
 */
@NullMarked
package dev.riser.xds.client;

import org.jspecify.annotations.NullMarked;
