/** Tables as the terminal shows them. */
@NullMarked
package dev.riser.cli.table;

import org.jspecify.annotations.NullMarked;
