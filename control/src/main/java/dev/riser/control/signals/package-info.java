/**
 * The golden signals of the last hour: who called whom, how often, with what success and how fast. Filled by the proxies'
 * reports, held in bounded memory, read by the API.
 */
@NullMarked
package dev.riser.control.signals;

import org.jspecify.annotations.NullMarked;
