"""What test_rotation does, for as long and as hard as the mesh promises to bear it."""

import unittest

from rotation import Rotation


class Long(Rotation, unittest.TestCase):
    def test_certificates_that_live_thirty_seconds_renew_for_five_minutes(self):
        self.renew_under_load(lifetime=30, rate=300, seconds=300, generations=10)

    def test_the_control_plane_dies_for_a_minute_under_load(self):
        self.lose_control_plane(seconds=60, rate=300)

    def test_a_split_that_changes_ten_times_a_second_for_a_minute(self):
        self.change_without_rest(seconds=60, rate=200)

    def test_twenty_proxies_acknowledge_each_change(self):
        self.assertEqual(len(self.wait_for_acknowledgements(20)), 10)
