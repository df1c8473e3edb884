/** The only places where the command line starts the control plane and the proxy in its own process. */
@NullMarked
package dev.riser.cli.launch;

import org.jspecify.annotations.NullMarked;
