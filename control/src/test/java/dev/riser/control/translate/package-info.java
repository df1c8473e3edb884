@NullMarked
package dev.riser.control.translate;

import org.jspecify.annotations.NullMarked;
