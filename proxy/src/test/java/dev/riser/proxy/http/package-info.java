/** Tests of the package. */
@NullMarked
package dev.riser.proxy.http;

import org.jspecify.annotations.NullMarked;
