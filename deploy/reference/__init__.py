"""Official files of the State's producers -> tables of the reference pack, reviewed before they are used."""
