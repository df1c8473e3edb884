/** How a command says that it cannot do what it was asked; every other package of the command line may use it. */
@NullMarked
package dev.riser.cli.failure;

import org.jspecify.annotations.NullMarked;
