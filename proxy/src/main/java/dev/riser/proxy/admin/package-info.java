/** What an operator and {@code riser run} see of a proxy process: admin, metrics and health servers, and the control socket. */
@NullMarked
package dev.riser.proxy.admin;

import org.jspecify.annotations.NullMarked;
