@NullMarked
package dev.riser.control.source;

import org.jspecify.annotations.NullMarked;
