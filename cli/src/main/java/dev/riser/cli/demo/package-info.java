/** The demonstration: the product, started with a small shop and looked at. */
@NullMarked
package dev.riser.cli.demo;

import org.jspecify.annotations.NullMarked;
