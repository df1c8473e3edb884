@NullMarked
package dev.riser.identity;

import org.jspecify.annotations.NullMarked;
