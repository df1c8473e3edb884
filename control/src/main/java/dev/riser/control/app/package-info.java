/** Puts the control plane together and starts it. */
@NullMarked
package dev.riser.control.app;

import org.jspecify.annotations.NullMarked;
