@NullMarked
package dev.riser.proxy.discovery;

import org.jspecify.annotations.NullMarked;
