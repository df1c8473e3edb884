/** The demonstration's shop: programs that know nothing of the mesh. */
@NullMarked
package dev.riser.cli.shop;

import org.jspecify.annotations.NullMarked;
