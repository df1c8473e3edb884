/** One workload: everything that belongs to it hangs off {@link dev.riser.proxy.workload.Workload}, nothing is static. */
@NullMarked
package dev.riser.proxy.workload;

import org.jspecify.annotations.NullMarked;
