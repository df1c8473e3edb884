@NullMarked
package dev.riser.identity.authority;

import org.jspecify.annotations.NullMarked;
