/** Network namespaces, the mesh's bridge and the redirection of one machine, through the kernel's own calls and the ip and nft commands. */
@NullMarked
package dev.riser.cli.net;

import org.jspecify.annotations.NullMarked;
