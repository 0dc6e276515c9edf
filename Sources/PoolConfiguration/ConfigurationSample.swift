/// The sample configuration, for hosts that have only the program.
public enum ConfigurationSample {
    /// The text of `etc/volumectl.yaml`.
    public static let text = """
        # A sample of volumectl's configuration. Every value is the one that holds without any configuration.
        #
        # It is read from $XDG_CONFIG_HOME/volumectl/config.yaml (~/.config/volumectl/config.yaml), then from
        # /etc/volumectl/conf.d/*.yaml, where a later name is stronger, then from /etc/volumectl/config.yaml. A file that is named by
        # --config or VOLUMECTL_CONFIG is read instead of these. Root reads no file under $XDG_CONFIG_HOME or ~/.config.
        #
        # Environment variables are stronger than files: VOLUMECTL_ and the key in capitals, with _ for every other character and before
        # a capital that follows a small letter, as in VOLUMECTL_QUOTA_VOLUMES or VOLUMECTL_POOLS_DEFAULT_PATH.
        #
        # A key or a variable that may be a misspelt one is refused, since a limit that is not read is none. `volumectl config check`
        # says what is in force.

        # Where the database and the default pool are: /var/lib/volumectl for root, else $XDG_STATE_HOME/volumectl
        # (~/.local/state/volumectl).
        #state-directory: /var/lib/volumectl

        # The SQLite database. On a local disk: locks over a network can't be relied on.
        #db: /var/lib/volumectl/volumectl.db

        # Whose volumes these are; each project has a quota of its own.
        project: default

        # The pool for volumes that name none. Without it the scheduler takes the one with the most room.
        #pool: default

        # How to print results: table for people, json for programs.
        output: table

        # What a project may use: a number of volumes, GiB together, and GiB for a single one. 10, 10G and 10GiB are the same; -1 is
        # no limit.
        quota:
          volumes: -1
          gigabytes: -1
          per-volume-gigabytes: -1

        # How long flows that have ended are remembered: for so many days after their end, and as so many of the newest; -1 is no limit.
        # Each command that changes something forgets a few of those that are beyond, and the room in the database is used again. Kept
        # are the last flow of each volume, and flows that failed and were given up by nobody.
        history:
          days: 90
          flows: 100000

        # The pools that are in use, and then what each is. Each but "default" has to be described below, if only by its driver; one
        # that is not named here may be described all the same.
        enabled-pools: [default]

        pools:
          default:
            # What turns volumes into storage: loopback keeps each as a file in a directory, lvm as a logical volume of the group
            # that `volume-group` names. What lvm reads stands in drivers/lvm/README.md. A key that only other drivers read is refused.
            driver: loopback

            # The directory; made if it isn't there, for its owner alone. Without it: pools/NAME in the state directory.
            #path: /var/lib/volumectl/pools/default

            # How loopback writes files: raw, or qcow2, which needs qemu-img. A pool keeps the format that it was made with.
            format: raw

            # When raw files take their space: sparse, as it is written, or full, when a volume is made.
            allocation: sparse

            # What loopback's volumes and snapshots may come to together by their sizes, and what they may really take.
            #promised-limit: 500G
            #allocated-limit: 100G

            # Where the sockets of exports are, at most 61 bytes: volumes that qemu-nbd serves to virtual machines and others. Without
            # it: exports in the state directory. loopback, lvm and rbd read it.
            #export-directory: /var/lib/volumectl/exports

            # How many times its size may be promised, because space is taken only as it is written. At least 1.
            over-subscription-ratio: 20

            # How much of it is never given away, in percent.
            reserved-percentage: 0
        """
}
