/** What tests of several packages share. */
@NullMarked
package dev.riser.control.testing;

import org.jspecify.annotations.NullMarked;
