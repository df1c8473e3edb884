/** What {@code riser run} does between its arguments and the moment it becomes the program. */
@NullMarked
package dev.riser.cli.run;

import org.jspecify.annotations.NullMarked;
