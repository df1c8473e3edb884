package dev.riser.xds.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;

/**
 * Which loops and sockets a channel uses, so that it shares the process's.
 *
 * @param loops event loops, not shut down by the channel
 * @param sockets makes sockets that fit the loops; the place to set a mark or a namespace
 */
public record ChannelTransport(EventLoopGroup loops, ChannelFactory<? extends Channel> sockets) {}
