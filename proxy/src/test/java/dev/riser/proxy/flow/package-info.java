/** Tests of the package. */
@NullMarked
package dev.riser.proxy.flow;

import org.jspecify.annotations.NullMarked;
