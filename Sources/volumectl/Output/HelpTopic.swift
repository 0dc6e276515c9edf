internal import PoolConfiguration

/// A subject that `volumectl help` explains besides the commands.
enum HelpTopic: String, CaseIterable {
    case sizes, filters, output, environment
    case exitCodes = "exit-codes"

    /// The topic that is asked for: `help filters`.
    init?(arguments: [String]) {
        guard arguments.count == 2, arguments[0] == "help" else { return nil }
        self.init(rawValue: arguments[1])
    }

    /// The text, in lines of 80 characters at most.
    var text: String {
        switch self {
        case .sizes: Self.sizesText
        case .filters: Self.filtersText
        case .output: Self.outputText
        case .environment: Self.environmentText
        case .exitCodes: Self.exitCodesText
        }
    }

    private static let sizesText = """
        SIZES

          10, 10G, 10Gi, 10GiB   10 GiB, which is 10 x 2^30 bytes
          512M, 1.5T             MiB and TiB; K, M, G, T, P and E are binary
          10GB                   10 x 10^9 bytes; kB, MB, GB, TB, PB and EB are decimal
          4096b, 8s              bytes, and sectors of 512 bytes
          +5G                    5 GiB more than now; only for resize
          max, 50%free           of the free space of the pool; only for create

        Upper and lower case are equal. A size that is no multiple of the pool's
        allocation unit is rounded up. Programs read and get bytes: "size_bytes".

        """

    private static let filtersText = """
        FILTERS, COLUMNS AND SORTING of all commands that list

          --filter 'status=error,size>10G'    volumes that meet both conditions
          --filter name=a --filter name=b     volumes that meet one of them
          --filter 'age>7d,name~^ci-'         older than 7 days, with such a name
          --filter 'label.env=prod'           with this label
          --filter 'pool='                    without a pool
          -c name -c size                     only these fields, in this order
          --sort size:desc --sort name        the largest first, then by name
          --limit 100 --after pg-data         of ls and snapshot ls: 100 at most, after
                                              this one in the order of the list
          --limit 100 --after 5c1e            of flow ls (an id) and event ls (a
                                              number), which sort only this page

        Operators: = != for all fields; < <= > >= for sizes, numbers and times; ~ and !~
        for texts, with a regular expression that may match any part of the text.
        Values: sizes as in 'help sizes'; times as 2026-11-28, 2026-11-28T09:00:00Z, or
        as an age; ages and time spans as 30s, 5m, 12h, 7d or 2w. A comma in a value is
        written as '\\,'. A value that is missing meets only != and !~.

        Regular expressions: . [a-z] [^a-z] \\d \\w \\s ^ $ ( ) | * + ? {2,5}; 256
        characters at most.

        An unknown field is refused with the list of all fields.

        """

    private static let outputText = """
        OUTPUT FORMATS (-o)

          table, wide   for people; wide shows more columns, and cuts none
          json, jsonl   JSON: one value, or one object per line
          yaml          YAML, with all texts in quotes
          csv           comma-separated values with a header
          value         values alone: of a list a line for each record, separated by
                        blanks; '-' for none
          name          names alone, or ids of what has no name; -q prints ids

        For programs, sizes are in bytes, ages in seconds and times in UTC (ISO 8601).
        Results go to standard output; messages and errors to standard error.

        """

    private static var environmentText: String {
        """
        ENVIRONMENT

        \(ServiceConfiguration.variables.map { "  " + $0 + "\n" }.joined())
        VOLUMECTL_CONFIG names the only configuration file to read. Another variable
        sets the key with its words: VOLUMECTL_QUOTA_VOLUMES sets 'volumes' of 'quota',
        and VOLUMECTL_POOLS_FAST_DRIVER sets 'driver' of the pool 'fast'. An option
        overrides a variable, which overrides the files.

        FILES

          $XDG_CONFIG_HOME/volumectl/config.yaml
              the user's own configuration; by default in ~/.config
          /etc/volumectl/conf.d/*.yaml, /etc/volumectl/config.yaml
              the configuration of the host
          /var/lib/volumectl
              the database, volumectl.db, and the default pool, for root
          $XDG_STATE_HOME/volumectl
              the same for other users; by default in ~/.local/state

        """
    }

    private static let exitCodesText = """
        EXIT CODES

          0   done, or done before
          1   a defect of the program, or a violated rule of a driver
          3   not found
          4   conflict: it exists with another specification, is busy, or in the
              wrong state
          5   the quota would be exceeded
          6   no pool can take the volume
          7   a driver failed, and everything was undone; it is safe to try again
          8   a driver failed, and something is left behind: see 'flow show'
          9   still running after --timeout; the work goes on
          10  the database can't be used
          11  permission denied
          12  the data of a volume is missing
          64  wrong usage; nothing was touched
          130 interrupted by a person, or declined when asked

        """
}
