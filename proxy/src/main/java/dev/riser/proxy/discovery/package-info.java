/**
 * Keeps each workload's configuration and certificate current: what the control plane sends is compiled, held until what
 * it leads to is there too, and published as one snapshot. While the control plane is away, everything held stays.
 */
@NullMarked
package dev.riser.proxy.discovery;

import org.jspecify.annotations.NullMarked;
