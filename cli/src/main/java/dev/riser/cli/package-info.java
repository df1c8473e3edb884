/** One class per verb; each reads its arguments, calls one other module, and prints. */
@NullMarked
package dev.riser.cli;

import org.jspecify.annotations.NullMarked;
