/** Tests of the package. */
@NullMarked
package dev.riser.proxy.net;

import org.jspecify.annotations.NullMarked;
