"""Certificates that live for seconds, a control plane that dies, a split that never stands still: under load, nothing fails."""

import unittest

from rotation import Rotation


class Short(Rotation, unittest.TestCase):
    def test_certificates_that_live_ten_seconds_renew_under_load(self):
        self.renew_under_load(lifetime=10, rate=100, seconds=40, generations=4)

    def test_the_control_plane_dies_for_twenty_seconds_under_load(self):
        self.lose_control_plane(seconds=20, rate=100)

    def test_a_split_that_changes_ten_times_a_second_while_endpoints_come_and_go(self):
        self.change_without_rest(seconds=15, rate=100)

    def test_eight_proxies_acknowledge_each_change(self):
        self.assertEqual(len(self.wait_for_acknowledgements(8)), 10)
