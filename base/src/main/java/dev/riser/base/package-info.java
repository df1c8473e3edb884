/** Time, retry and problems: what every module shares. JDK only. */
@NullMarked
package dev.riser.base;

import org.jspecify.annotations.NullMarked;
