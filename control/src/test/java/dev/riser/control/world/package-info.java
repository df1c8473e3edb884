@NullMarked
package dev.riser.control.world;

import org.jspecify.annotations.NullMarked;
