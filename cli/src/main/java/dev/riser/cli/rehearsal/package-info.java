/**
 * What the launcher has a control plane and a proxy do once after a build, so that the JVM can keep what they load, link
 * and run often. Everything happens on loopback, in a directory that is thrown away.
 */
@NullMarked
package dev.riser.cli.rehearsal;

import org.jspecify.annotations.NullMarked;
