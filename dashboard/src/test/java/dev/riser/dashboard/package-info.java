/** Checks of the page as it lies in the jar: nothing missing, nothing from elsewhere, nothing inline. */
@NullMarked
package dev.riser.dashboard;

import org.jspecify.annotations.NullMarked;
