@NullMarked
package dev.riser.xds.client;

import org.jspecify.annotations.NullMarked;
