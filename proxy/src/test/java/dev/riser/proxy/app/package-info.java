/** Tests of the package. */
@NullMarked
package dev.riser.proxy.app;

import org.jspecify.annotations.NullMarked;
