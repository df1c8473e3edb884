/**
 * The workloads that {@code riser run} has started on this machine: their addresses, whether they take traffic, and when
 * they are gone.
 */
@NullMarked
package dev.riser.control.registry;

import org.jspecify.annotations.NullMarked;
